import { selector } from '../../promql.js';
import { oneOrZero, series, states } from '../chart.js';
import { panelWith } from '../context.js';
import type { Row } from '../layout.js';

const up = panelWith(['redisUp'], ({ redisUp }, { chosen }) =>
  states({
    id: 701,
    title: 'Redis',
    description:
      'Whether Redis answered each instance when it was scraped. While it does not, the metrics that are kept in it are missing from the scrape; the service goes on.',
    unit: 'bool',
    size: { w: 24, h: 6 },
    mappings: oneOrZero('answered', 'missing'),
    queries: [series(`min by (instance) (${selector(redisUp.name, chosen)})`, '{{instance}}')],
  }),
);

export const redis: Row = { id: 700, title: 'Metrics in Redis', panels: [up] };
