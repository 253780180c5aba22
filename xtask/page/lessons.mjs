//! static/lessons as the page fetches it: an index of chapters, and one file a lesson, each under a name that changes with
//! its content. What only the proof needs stays out.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { root } from './modules.mjs';

const folders = (path) => readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

/** Writes them into `staging`; `digest` names a text's content. Returns the index's name. */
export function lessons(staging, digest) {
  const from = `${root}static/lessons/`;
  if (!existsSync(from)) return undefined;
  mkdirSync(`${staging}/lessons`, { recursive: true });
  const put = (name, content) => {
    const text = JSON.stringify(content);
    const file = `lessons/${name}-${digest(text)}.json`;
    writeFileSync(`${staging}/${file}`, text);
    return `./${file}`;
  };
  const chapters = folders(from).map((chapter) => {
    const inside = folders(from + chapter).filter((lesson) => existsSync(`${from}${chapter}/${lesson}/lesson.md`));
    const lessons = inside.map((lesson) => {
      const folder = `${from}${chapter}/${lesson}/`;
      const names = readdirSync(folder).filter((name) => !name.startsWith('wrong')).sort();
      const files = names.map((name) => [name, readFileSync(folder + name, 'utf8')]);
      const title = /^# (.*)$/m.exec(readFileSync(`${folder}lesson.md`, 'utf8'))?.[1] ?? lesson;
      return { id: `${chapter}/${lesson}`, title, file: put(`${chapter}-${lesson}`, files) };
    });
    const about = `${from}${chapter}/chapter.yaml`;
    const title = existsSync(about) ? /^title: (.*)$/m.exec(readFileSync(about, 'utf8'))?.[1] : undefined;
    return { id: chapter, title: title?.replace(/^["']|["']$/g, '') ?? chapter, lessons };
  });
  return put('index', chapters.filter(({ lessons }) => lessons.length > 0));
}
