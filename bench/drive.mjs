import { get } from 'node:http';

/**
 * Sends requests to a service over eight lanes, half of them to a route with a parameter.
 *
 * @param port where it listens, on 127.0.0.1
 * @param agent holds the connections
 * @param count how many requests
 */
export async function drive(port, agent, count) {
  let sent = 0;
  const lane = async () => {
    while (sent < count) {
      sent += 1;
      await fetchOnce(port, agent, sent % 2 === 0 ? '/' : `/users/${sent % 50}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

function fetchOnce(port, agent, path) {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume();
      response.on('end', resolve);
    }).on('error', reject);
  });
}
