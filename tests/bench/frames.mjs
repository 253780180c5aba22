//! What the benches share: the main thread's work frame by frame, reckoned from the browser's own trace.

/** In the page: marks each frame in the trace, with a number that an expression gives. */
export async function counting(page, number = () => document.querySelectorAll('[data-motion]').length) {
  await page.evaluate(`(() => {
    const number = ${number};
    const count = () => { performance.mark('moving ' + number()); requestAnimationFrame(count); };
    count();
  })()`);
}

/** Traces `run` and reckons the main thread's work, frame by frame. */
export async function traced(page, run) {
  const browser = page.context().browser();
  await browser.startTracing(page, {
    categories: ['toplevel', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline.frame', '__metadata'],
  });
  await run();
  const events = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const names = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const ofPage = (event) => names.some(({ pid, tid }) => pid === event.pid && tid === event.tid);
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && event.ph === 'X' && ofPage(event));
  const busiest = busiestThread(tasks);
  const here = ({ pid, tid }) => pid === busiest.pid && tid === busiest.tid;
  const work = tasks.filter(here);
  // A frame begins with the task in which the browser says so.
  const begins = events.filter((event) => event.name === 'BeginMainThreadFrame' && here(event)).map(({ ts }) => ts);
  const starts = work.filter(({ ts, dur }) => begins.some((begin) => begin >= ts && begin <= ts + dur)).map(({ ts }) => ts).sort((a, b) => a - b);
  const marks = events.filter((event) => event.name.startsWith('moving ') && here(event));
  return starts.slice(0, -1).map((start, i) => {
    const within = ({ ts }) => ts >= start && ts < starts[i + 1];
    const during = work.filter(within);
    const sum = (of) => during.reduce((all, task) => all + (of(task) ?? 0) / 1000, 0);
    return {
      lasts: (starts[i + 1] - start) / 1000,
      wall: sum(({ dur }) => dur),
      cpu: sum(({ tdur, dur }) => tdur ?? dur),
      longest: Math.max(0, ...during.map(({ dur }) => (dur ?? 0) / 1000)),
      moving: Math.max(0, ...marks.filter(within).map(({ name }) => Number(name.split(' ')[1]))),
    };
  });
}

function busiestThread(tasks) {
  const sums = new Map();
  for (const { pid, tid, dur } of tasks) sums.set(`${pid} ${tid}`, (sums.get(`${pid} ${tid}`) ?? 0) + (dur ?? 0));
  const [pid, tid] = [...sums].sort((a, b) => b[1] - a[1])[0][0].split(' ').map(Number);
  return { pid, tid };
}

function percentile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Prints how long frames took; a gap of half a second is no frame, but nothing to do. */
export function report(what, frames) {
  const part = (of, p) => percentile(frames.map(of), p).toFixed(1);
  const gaps = frames.map(({ lasts }) => lasts).filter((gap) => gap < 500);
  const late = gaps.filter((gap) => gap > 25).length / Math.max(1, gaps.length);
  console.log(`${what}: ${frames.length} frames, work per frame median ${part(({ wall }) => wall, 0.5)} ms, p95 ${part(({ wall }) => wall, 0.95)} ms `
    + `(of it on the processor ${part(({ cpu }) => cpu, 0.5)} and ${part(({ cpu }) => cpu, 0.95)} ms), `
    + `longest task ${part(({ longest }) => longest, 1)} ms, ${(late * 100).toFixed(1)} % of frames over 25 ms`);
}
