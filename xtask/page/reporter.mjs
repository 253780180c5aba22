//! A reporter for Node's test runner: shows failures alone, and ends with `N passed, N failed`.
import { inspect } from 'node:util';

export default async function* report(source) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of source) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    if (type === 'test:pass') passed += data.skip === undefined && data.todo === undefined ? 1 : 0;
    else {
      const cause = data.details.error?.cause ?? data.details.error;
      if (cause?.failureType === 'subtestsFailed') continue; // its parts are counted
      failed += 1;
      yield `FAILED ${data.file ?? ''}: ${data.name}\n${cause?.stack ?? inspect(cause)}\n`;
    }
  }
  yield `${passed} passed, ${failed} failed\n`;
}
