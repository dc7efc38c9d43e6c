import { type Exchange, respond } from './fake.js';

type Handler = (exchange: Exchange) => unknown;

/** Lets so many requests through (the first ones are verify's look at the service), and hands the others to the limiter. */
export function limitedTo(most: number, limiter: Handler): Handler {
  let number = 0;
  return (exchange) => {
    number += 1;
    return number > most ? limiter(exchange) : respond(exchange);
  };
}

/** A limiter in front of what counts. */
export function refuse({ res }: Exchange): void {
  res.writeHead(429).end();
}

/** A limiter, or a login, behind what counts, and before a route is known. */
export function turnAway(exchange: Exchange, status = 429): void {
  exchange.fake.count(exchange, '<unmatched>');
  exchange.res.writeHead(status).end();
}
