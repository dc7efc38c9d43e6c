// What Prometheus makes of the samples it scrapes.

/**
 * increase() by Prometheus' own rule for counters: for each series, a fall from one sample to the next is a reset, after
 * which the whole new value counts. Only its extrapolation to the borders of the window is left out: here nothing happens
 * near the borders. `samples` are expositions as they were scraped, one after the other.
 */
export function increase(samples, metric) {
  let total = 0;
  const last = new Map();
  for (const text of samples) {
    for (const [series, value] of seriesOf(text, metric)) {
      const before = last.get(series);
      if (before !== undefined) total += value < before ? value : value - before;
      last.set(series, value);
    }
  }
  return total;
}

/** How often the sum over all series of a metric is smaller than it was one sample before. */
export function falls(samples, metric) {
  const sums = samples.map((text) => [...seriesOf(text, metric).values()].reduce((sum, value) => sum + value, 0));
  return sums.filter((sum, index) => index > 0 && sum < sums[index - 1]).length;
}

/** The series of the orders: other paths are asked while it is measured. */
function seriesOf(text, metric) {
  const series = new Map();
  for (const line of text.split('\n')) {
    const end = line.lastIndexOf(' ');
    if (line.startsWith(`${metric}{`) && line.includes('orders')) {
      series.set(line.slice(0, end), Number(line.slice(end)));
    }
  }
  return series;
}
