/** The requests of a minute. */
export interface Minute {
  readonly answered: number;
  /** Of those answered, how many take longer than the objective allows. */
  readonly slow: number;
  readonly failed: number;
}

/** A service's past: its requests, minute by minute. */
export interface Past {
  readonly application: string;
  readonly minutes: readonly Minute[];
}

const SECONDS = 30;

/**
 * What Prometheus would have stored of services with the default metrics of a Node target, a scrape each half minute, as
 * OpenMetrics for `promtool tsdb create-blocks-from openmetrics`.
 *
 * @param start seconds since 1970
 * @param bound of the bucket that tells slow from fast, in seconds
 */
export function openMetrics(pasts: readonly Past[], start: number, bound: number): string {
  const samples = pasts.map((past) => samplesOf(past, start, bound));
  const families = [
    ['up', 'gauge', 'up'],
    ['http_requests', 'counter', 'http_requests_total'],
    ['http_request_duration_seconds', 'histogram', 'http_request_duration_seconds_'],
    ['process_start_time_seconds', 'gauge', 'process_start_time_seconds'],
  ] as const;
  const lines = families.flatMap(([family, type, begins]) => [
    `# TYPE ${family} ${type}`,
    ...samples.flatMap((lines) => lines.filter((line) => line.startsWith(begins))),
  ]);
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function samplesOf({ application, minutes }: Past, start: number, bound: number): string[] {
  const service = `application="${application}",instance="a:1",job="${application}"`;
  const lines: string[] = [];
  const total = { answered: 0, slow: 0, failed: 0 };
  minutes.forEach((minute, index) => {
    for (let part = 0; part < 60 / SECONDS; part++) {
      const time = start + index * 60 + part * SECONDS;
      const add = (name: string, labels: string, value: number) =>
        lines.push(`${name}{${service}${labels}} ${value} ${time}`);
      add('up', '', 1);
      add('process_start_time_seconds', ',worker="0"', start);
      for (const [status, count, late] of [
        [200, total.answered, total.slow],
        [500, total.failed, 0],
      ] as const) {
        const labels = `,method="GET",route="/",status_code="${status}"`;
        add('http_requests_total', labels, count);
        add('http_request_duration_seconds_bucket', `${labels},le="${bound}"`, count - late);
        add('http_request_duration_seconds_bucket', `${labels},le="+Inf"`, count);
        add('http_request_duration_seconds_count', labels, count);
      }
      if (part === 0) for (const key of ['answered', 'slow', 'failed'] as const) total[key] += minute[key];
    }
  });
  return lines;
}
