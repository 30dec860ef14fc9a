// Controls: what buttons, keys and the mouse do to a player.

import {plain, sentence} from './words.js';

const ACTIONS = {
  first: (player) => player.show(0),
  last: (player) => player.show(player.recording.last),
  back: (player) => player.show(player.step - 1),
  step: (player) => player.show(player.step + 1),
  poll: (player) => player.show(player.nextPoll(1) ?? player.recording.last),
  before: (player) => player.show(player.nextPoll(-1) ?? 0),
  play: (player) => player.play(),
  guess: (player) => player.guess(),
};
const KEYS = {ArrowRight: 'step', ArrowLeft: 'back', 'Shift+ArrowRight': 'poll', 'Shift+ArrowLeft': 'before', ' ': 'play', Home: 'first',
  End: 'last', g: 'guess', G: 'guess', 'Shift+G': 'guess'};

/**
 * Makes the player do what its reader wants.
 * @param {import('./player.js').KettlePlayer} player
 * @param {ShadowRoot} root
 */
export function control(player, root) {
  const act = (name) => {
    if (name !== 'play') player.play(false);
    ACTIONS[name](player);
  };
  root.addEventListener('click', ({target}) => {
    const button = target.closest('button');
    if (!player.recording || !button) return;
    if (button.dataset.do) act(button.dataset.do);
    else if (button.dataset.answer) player.answer(Number(button.dataset.answer));
    else if (button.dataset.go) player.show(Number(button.dataset.go));
  });
  root.addEventListener('keydown', (event) => {
    if (!player.recording || event.ctrlKey || event.altKey || event.metaKey) return;
    const name = KEYS[(event.shiftKey ? 'Shift+' : '') + event.key];
    const pressesButton = event.key === ' ' && event.target.closest('button, summary');
    if (/^[1-9]$/.test(event.key)) player.answer(Number(event.key) - 1);
    else if (name && !pressesButton) act(name);
    else return;
    event.preventDefault();
  });
  root.querySelector('input').addEventListener('input', (event) => {
    player.play(false);
    player.show(Number(event.target.value));
  });
  drag(player, root.querySelector('.lanes'));
  root.querySelector('details').addEventListener('toggle', () => tell(player, root.querySelector('ol')));
  new ResizeObserver(() => player.resize()).observe(root.querySelector('.main'));
}

// The timeline: a click goes to a step, a drag goes along.
function drag(player, lanes) {
  const seek = (event) => player.seek(event.clientX - lanes.firstElementChild.getBoundingClientRect().left);
  lanes.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !player.recording) return;
    player.play(false);
    if (event.pointerType === 'mouse') lanes.setPointerCapture(event.pointerId);
    seek(event);
  });
  lanes.addEventListener('pointermove', (event) => {
    if (lanes.hasPointerCapture(event.pointerId)) seek(event);
  });
}

// Every step as a sentence: written when it is first asked for.
function tell(player, list) {
  const {recording} = player;
  if (!recording || list.childElementCount) return;
  for (let step = 1; step <= recording.last; ++step) {
    const item = document.createElement('li');
    item.textContent = plain(recording, sentence(recording, step));
    if (step === player.step) item.setAttribute('aria-current', 'step');
    list.append(item);
  }
}
