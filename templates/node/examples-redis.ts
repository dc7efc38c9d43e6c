import type { RedisCounter, RedisGauge } from './redis.js';
import { redisCounter, redisGauge } from './redis.js';

// Copy what you need into custom. Nothing imports this file: its metrics exist nowhere.
//
// Their truth is in Redis: one number for all instances of the service, kept over restarts and deployments. Every
// instance shows it, so in PromQL: max(...), never sum(...); for a counter, max(rate(...)) or max(increase(...)).

/** A counter in Redis. */
export const signups: RedisCounter<'plan'> = redisCounter({
  name: 'shared_signups_total',
  help: 'Users who signed up.',
  labelNames: ['plan'],
});

/** A gauge in Redis. */
export const maintenance: RedisGauge<string> = redisGauge({
  name: 'shared_maintenance',
  help: 'Whether the service is in maintenance (1) or not (0).',
});

/** Where something happens. It returns at once, and never throws, whatever Redis does. */
export function userSignedUp(paying: boolean): void {
  signups.inc({ plan: paying ? 'paid' : 'free' });
}

/** Sets a value for all instances. */
export function setMaintenance(on: boolean): void {
  maintenance.set(on ? 1 : 0);
}
