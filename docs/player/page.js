// Page: the player alone on a page, as ./learn play shows it. The address says what: ?src=...&source=...&title=...
// With &alive=1 it tells the server now and then that it is still open.

import './player.js';

const asked = new URLSearchParams(location.search);
const player = document.createElement('kettle-player');
for (const name of ['src', 'source', 'file', 'step']) if (asked.has(name)) player.setAttribute(name, asked.get(name));
if (asked.has('title')) document.title = document.getElementById('title').textContent = asked.get('title');
document.querySelector('main').append(player);

// Keys work from the start, and whenever nothing else on the page has the focus.
document.addEventListener('keydown', (event) => {
  if (event.target === document.body) player.shadowRoot.querySelector('.player').dispatchEvent(new KeyboardEvent('keydown', event));
});

if (asked.has('alive')) {
  const tell = (word) => navigator.sendBeacon(`/${word}`);
  tell('alive');
  setInterval(() => tell('alive'), 2000);
  addEventListener('pagehide', () => tell('closed'));
}
