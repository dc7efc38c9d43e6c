import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A GET over a connection of its own; the status is 0 when there was no whole answer in time. */
export function ask(port, path, timeout = 2000) {
  const started = performance.now();
  return new Promise((done) => {
    const end = (status, text) => done({ status, text, milliseconds: performance.now() - started });
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => end(response.statusCode, text)).on('error', () => end(0, ''));
    });
    // Not only the `timeout` option, which begins anew with each byte.
    const timer = setTimeout(() => request.destroy(new Error('no answer')), timeout);
    request.on('error', () => end(0, '')).on('close', () => clearTimeout(timer));
  });
}

/** Sends orders, eight at a time; gives how many were answered. */
export async function sendOrders(port, count) {
  let sent = 0;
  let answered = 0;
  const lane = async () => {
    while (sent < count) if ((await ask(port, `/orders/${sent++}`)).status === 200) answered += 1;
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return answered;
}

/** Sends orders at a steady rate; gives how many were answered. */
export async function sendSteadily(port, count, seconds) {
  const started = Date.now();
  const open = [];
  while (open.length < count) {
    while (open.length < count && open.length < ((Date.now() - started) / 1000 / seconds) * count) {
      open.push(ask(port, `/orders/${open.length}`));
    }
    await sleep(5);
  }
  return (await Promise.all(open)).filter(({ status }) => status === 200).length;
}
