// Builds the site into site/dist: checks what the pages quote and show, gathers them, has the library's names written
// up by Doxygen, lets VitePress make the pages, and follows every link. Each of them can fail the build.

import {execFileSync} from 'node:child_process';
import {readdirSync, rmSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const DOCS = fileURLToPath(new URL('../', import.meta.url));

function step(words, command, ...rest) {
  console.log(`-- ${words}`);
  try {
    execFileSync(command, rest, {cwd: DOCS, stdio: 'inherit'});
  } catch (error) {
    console.error(error.code === 'ENOENT' ? `${command} is missing. On Debian or Ubuntu: apt-get install ${command}` : `This failed: ${command} ${rest.join(' ')}`);
    process.exit(1);
  }
}

rmSync(`${DOCS}site/dist`, {recursive: true, force: true});
step('quotes', 'python3', 'quotes.py', '--check');
step('pictures', 'node', 'pictures.mjs', '--check');
step('pages', 'node', 'site/gather.mjs');
step('the library, name by name', 'doxygen', '-q', 'site/api/Doxyfile');
const api = `${DOCS}site/pages/public/api/`;
for (const page of readdirSync(api)) if (/-members\.html$|^(functions|namespacemembers|hierarchy|dir_|classes)|\.js$/.test(page)) rmSync(api + page);  // No page leads to them.
step('the site', 'node', 'node_modules/vitepress/bin/vitepress.js', 'build', 'site');
step('links', 'node', 'site/links.mjs');
