//! A reporter for Node's test runner: shows failures alone, and ends with `N passed, N failed`. With
//! PODARIUM_SLOWEST=20 it names, before that, the twenty tests that took longest.
import { inspect } from 'node:util';

export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  const took = [];
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    took.push({ seconds: (data.details?.duration_ms ?? 0) / 1000, name: data.name, file: data.file?.split('/').at(-1) });
    if (type === 'test:pass') passed += data.skip === undefined && data.todo === undefined ? 1 : 0;
    else {
      const cause = data.details.error?.cause ?? data.details.error;
      if (cause?.failureType === 'subtestsFailed') continue; // its parts are counted
      failed += 1;
      yield `FAILED ${data.file ?? ''}: ${data.name}\n${cause?.stack ?? inspect(cause)}\n`;
    }
  }
  const slowest = Number(process.env.PODARIUM_SLOWEST ?? 0);
  if (slowest > 0) {
    took.sort((one, other) => other.seconds - one.seconds);
    const sum = took.reduce((all, { seconds }) => all + seconds, 0);
    yield `${took.length} tests took ${sum.toFixed(0)} s one by one\n`;
    for (const { seconds, name, file } of took.slice(0, slowest)) yield `${seconds.toFixed(1).padStart(6)} s  ${file}: ${name}\n`;
  }
  yield `${passed} passed, ${failed} failed\n`;
}
