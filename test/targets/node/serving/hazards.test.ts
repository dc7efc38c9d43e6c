import { describe, expect, test } from 'vitest';
import { findHazards } from '../../../../src/targets/node/serving/hazards.js';

const found = (text: string, path = 'app.js') => findHazards([{ path, text, depth: 0 }]);

describe('findHazards names what several processes break', () => {
  test.each<[string, string, number]>([
    ['a timer', "'use strict';\nsetInterval(clean, 1000);", 2],
    ['scheduled jobs', "const cron = require('node-cron');", 1],
    ['sessions in memory', "const session = require('express-session');\napp.use(session({ secret: 'x' }));", 2],
    ['sessions in memory', "import session from 'express-session';\napp.use(session());", 2],
    [
      'a rate limiter in memory',
      "const { rateLimit } = require('express-rate-limit');\n\napp.use(rateLimit({ limit: 5 }));",
      3,
    ],
    ['a rate limiter in memory', "import limit from 'express-rate-limit';\napp.use(limit({ max: 5 }));", 2],
    ['a WebSocket server', "import { WebSocketServer } from 'ws';", 1],
    ['Socket.IO', "const io = require('socket.io')(server);", 1],
    ['a SQLite file', "import Database from 'better-sqlite3';", 1],
    ['data in files of one process', "import { Low } from 'lowdb';", 1],
    ['a cache in memory', "const NodeCache = require('node-cache');", 1],
    ['subscriptions in memory', "import { PubSub } from 'graphql-subscriptions';", 1],
  ])('%s: %j', (what, text, line) => {
    expect(found(text)).toEqual([{ path: 'app.js', line, what, why: expect.stringMatching(/^\w.{20}/) }]);
  });

  test.each([
    ['a session store', "const session = require('express-session');\nsession({ store: new RedisStore() });"],
    ['a store under the same name', "const session = require('express-session');\nsession({ store });"],
    [
      'options made elsewhere',
      "const session = require('express-session');\nsession(options);\nsession({ ...options });",
    ],
    ['a limiter with a store', "import { rateLimit } from 'express-rate-limit';\nrateLimit({ store: redis });"],
    ['a timer in a function', 'function poll() { setInterval(clean, 1000); }'],
    ['a timeout', 'setTimeout(clean, 1000);'],
    ['types only', "import type { Database } from 'better-sqlite3';"],
    ['a comment', "// require('node-cron')"],
    ['a text', "console.log('socket.io');"],
    ['a queue in Redis', "import { Queue } from 'bullmq';"],
  ])('but not %s', (_, text) => {
    expect(found(text, 'app.ts')).toEqual([]);
  });

  test('in the order of the lines, file by file', () => {
    const text = "const ws = require('ws');\nconst cron = require('cron');\nsetInterval(f, 1);\n";
    const hazards = findHazards([
      { path: 'b.js', text, depth: 0 },
      { path: 'a.js', text, depth: 1 },
    ]);
    expect(hazards.map(({ path, line }) => `${path}:${line}`)).toEqual([
      'b.js:1',
      'b.js:2',
      'b.js:3',
      'a.js:1',
      'a.js:2',
      'a.js:3',
    ]);
  });
});
