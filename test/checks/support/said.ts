import { type FakeOptions, withFake } from './fake.js';
import { type MeasureOptions, measure, saidBy } from './measure.js';

/** What one check says of a small service. */
export async function said(service: FakeOptions, id: string, options: MeasureOptions = {}): Promise<string> {
  return withFake(service, async ({ port }) => saidBy(await measure(port, { only: [id], ...options }), id));
}
