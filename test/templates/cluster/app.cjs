// A service as users have it: knows nothing of the launcher. What it does is said by the environment.
const cluster = require('node:cluster');
const http = require('node:http');

const { MODE = '', PORT = '0' } = process.env;
const number = cluster.worker?.id ?? 0;
if (require.main !== module) throw new Error('not the main module');
if (MODE === 'crash') process.exit(7);
if (MODE === 'crash-all-but-first' && number > 1) process.exit(7);
if (MODE === 'stubborn') process.on('SIGTERM', () => undefined);

const server = http.createServer((req, res) => {
  const answer = () =>
    res.end(JSON.stringify({ pid: process.pid, argv: process.argv.slice(2), execArgv: process.execArgv }));
  if (req.url === '/slow') setTimeout(answer, 700);
  else if (req.url === '/crash') setTimeout(() => unknown(), 10);
  else answer();
});
server.listen(Number(PORT), '127.0.0.1', () => {
  if (MODE === 'dies-soon') setTimeout(() => process.exit(8), 200);
});
if (MODE === 'graceful' || MODE === 'graceful-3') {
  process.on('SIGTERM', () => {
    server.close(() => process.exit(MODE === 'graceful' ? 0 : 3));
    server.closeIdleConnections();
  });
}
