// Player: <kettle-player src="run.json" source="main.cpp"> plays a recording beside its source, a step at a time.
//
// `source` is the address of the program's text; if it ends in "/", of the folder in which the files are found that the
// recording names. `file` is the one to show where the recording names none; `step` is where to begin. Everything that is shown comes from the model; here is only what a reader
// can touch.

import {badge, badges, current, listing, nearby} from './code.js';
import {control} from './controls.js';
import {iconPath, safe} from './draw.js';
import {FRAME} from './frame.js';
import {answer, question, score} from './guess.js';
import {layout, loop} from './loop.js';
import {Recording} from './model.js';
import {heightOf, outside, timeline} from './timeline.js';
import {picture, sentence, time} from './words.js';

const PACE = 1100; // Milliseconds for a step, when it plays.

/** The web component. Fires "kettle-step" with {step} whenever it shows another step. */
export class KettlePlayer extends HTMLElement {
  /** @type {Recording|null} */ recording = null;
  /** The step that is shown. */ step = -1;
  #sources = new Map();
  #shown = {};
  #playing = 0;
  #guessing = false;
  #question = null;
  #verdict = '';

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({mode: 'open'}).innerHTML = FRAME;
    control(this, this.shadowRoot);
    this.load();
  }

  disconnectedCallback() { this.play(false); }

  #find(selector) { return this.shadowRoot.querySelector(selector); }

  /** Loads what `src` and `source` name. Resolves when the first picture is there. */
  async load() {
    try {
      const response = await fetch(this.getAttribute('src'));
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      this.recording = new Recording(await response.text());
    } catch (error) {
      this.#find('.player').innerHTML = `<p class="trouble" role="alert">The recording ${safe(this.getAttribute('src'))} could not be loaded: ${safe(error.message)}.</p>`;
      return;
    }
    await this.#loadSources();
    this.#find('.player').classList.toggle('unread', this.#sources.size === 0);
    const {recording} = this;
    this.#find('.player').classList.toggle('bare', recording.tasks.length === 0);
    this.#find('input').max = recording.last;
    this.#find('summary').textContent = `All ${recording.last} steps as text`;
    this.#find('.acts').innerHTML = recording.acts.length < 2 ? '' : `${recording.acts.length} parts: ${recording.acts.map((act, i) =>
      `<button data-go="${act.first}" aria-pressed="false" aria-label="Part ${i + 1}">${i + 1}</button>`).join('')}`;
    this.#find('.acts').hidden = recording.acts.length < 2;
    this.show(Number(this.getAttribute('step')) || 0);
  }

  async #loadSources() {
    const where = this.getAttribute('source');
    if (!where) return;
    const files = [...new Set([this.getAttribute('file'), ...this.recording.files])].filter(Boolean);
    const addresses = where.endsWith('/') ? files.map((file) => [file, where + file])
      : [[files.find((file) => where.endsWith(file)) ?? files.find((file) => file.split('/').at(-1) === where.split('/').at(-1)) ?? files[0] ?? where, where]];
    await Promise.all(addresses.map(async ([file, address]) => {
      const response = await fetch(address).catch(() => null);
      if (response?.ok) this.#sources.set(file, await response.text());
    }));
  }

  /** Shows a step; a number outside of the recording becomes the nearest. */
  show(step) {
    const target = Math.min(Math.max(Math.round(step), 0), this.recording.last);
    if (target === this.step) return;
    const before = this.step;
    this.step = target;
    this.#question = this.#guessing ? question(this.recording, target) : null;
    if (target === this.recording.last) this.play(false);
    this.#draw(before);
    this.#verdict = '';
    this.dispatchEvent(new CustomEvent('kettle-step', {detail: {step: target}, bubbles: true, composed: true}));
  }

  /** Goes to the step that is drawn at `x` pixels of the timeline. */
  seek(x) {
    const {first, last} = this.#shown.act;
    this.show(Math.min(last, Math.max(first, first + Math.floor(x / this.#shown.column))));
  }

  /** The step of the next poll, or with -1 of the one before; null where there is none. */
  nextPoll(way) {
    const {steps, last} = this.recording;
    for (let i = this.step + way; i > 0 && i <= last; i += way) if (steps[i].kind === 'poll') return i;
    return null;
  }

  /** Plays, or stops; without an argument, the other of the two. */
  play(on = !this.#playing) {
    clearInterval(this.#playing);
    if (on && this.step === this.recording.last) this.show(0);
    this.#playing = on ? setInterval(() => this.#question || this.show(this.step + 1), PACE) : 0;
    const button = this.#find('[data-do=play]');
    button?.setAttribute('aria-pressed', on);
    if (button) button.textContent = on ? 'Pause' : 'Play';
  }

  /** Begins to ask, and hides the future; or ends it. */
  guess(on = !this.#guessing) {
    this.#guessing = on;
    this.#find('.player').classList.toggle('guessing', on);
    this.#find('[data-do=guess]').setAttribute('aria-pressed', on);
    this.#question = on ? question(this.recording, this.step) : null;
    this.#caption();
  }

  /** Answers the question that is shown, if one is, and goes on. */
  answer(chosen) {
    const asked = this.#question;
    if (!asked?.options[chosen]) return;
    const right = answer(this.recording, this.step, asked, chosen);
    this.#verdict = `<span class="verdict">${right ? 'Right.' : `No, it is ${safe(asked.options[asked.right].text)}.`}</span>`;
    this.show(this.step + 1);
    this.#find('[data-do=step]').focus();
  }

  /** Draws everything again at the width that there is now. */
  resize() {
    if (this.step < 0) return;
    this.#shown.act = null;
    this.#draw(this.step);
  }

  #draw(before) {
    const act = this.recording.act(this.step);
    if (this.#shown.act !== act) this.#drawAct(act);
    this.#caption();
    this.#code();
    this.#output();
    this.#loop(Math.abs(this.step - before) === 1);
    this.#cursor(act);
    const {last} = this.recording;
    this.#find('input').value = this.step;
    this.#find('input').setAttribute('aria-valuetext', `Step ${this.step} of ${last}`);
    this.#find('.count').textContent = `${this.step} / ${last}`;
    for (const [name, off] of [['first', !this.step], ['back', !this.step], ['step', this.step === last], ['poll', this.nextPoll(1) === null]]) {
      this.#find(`[data-do=${name}]`).disabled = off;
    }
    this.#find('li[aria-current]')?.removeAttribute('aria-current');
    this.#find(`ol li:nth-child(${this.step})`)?.setAttribute('aria-current', 'step');
  }

  #caption() {
    const {recording, step} = this;
    const what = recording.steps[step];
    const id = what.woken?.[0] ?? what.id;
    const task = typeof id === 'number' ? recording.tasks[id] : null;
    this.#find('.badge').className = `badge ${task ? `t${task.colour}` : ''}`;
    this.#find('.badge path').setAttribute('d', iconPath(what.kind));
    const name = (part) => (typeof part === 'string' ? safe(part) : `<span class="who t${recording.tasks[part.task].colour}">${safe(recording.tasks[part.task].name)}</span>`);
    const asked = this.#question;
    this.#find('.say').innerHTML = this.#verdict + (asked ? `${asked.ask}<span class="options">${asked.options.map((option, i) =>
      `<button data-answer="${i}"${'task' in option ? ` class="t${recording.tasks[option.task].colour}"` : ''}><kbd>${i + 1}</kbd>${safe(option.text)}</button>`).join('')}</span>`
      : sentence(recording, step).map(name).join(''));
    this.#find('.clock b').textContent = time(what.time);
    this.#find('.clock span').textContent = `${recording.clock} clock`;
    this.#find('.score').textContent = score.asked ? `${score.right} of ${score.asked} right` : '';
  }

  #code() {
    const pane = this.#find('.code');
    const eye = current(this.recording, this.step);
    const file = eye && this.#sources.has(eye.file) ? eye.file : this.#shown.file ?? [...this.#sources.keys()][0];
    const fresh = file !== this.#shown.file;
    if (fresh) {
      this.#shown.file = file;
      this.#find('.file').textContent = file;
      pane.firstElementChild.innerHTML = listing(this.#sources.get(file) ?? '');
    }
    for (const old of pane.querySelectorAll('.now')) old.className = '';
    for (const old of pane.querySelectorAll('.badges')) old.remove();
    const line = (number) => pane.querySelector(`[data-line="${number}"]`);
    for (const [number, list] of badges(this.recording, this.step, file)) line(number)?.insertAdjacentHTML('beforeend', badge(list));
    const now = eye && eye.file === file ? line(eye.line) : null;
    if (now) now.className = `now${eye.task === null ? '' : ` t${this.recording.tasks[eye.task].colour}`}`;
    const top = now ? now.offsetTop : fresh ? line(nearby(this.recording, this.step, file))?.offsetTop : undefined;
    if (top === undefined) return;
    if (top < pane.scrollTop + 20 || top > pane.scrollTop + pane.clientHeight - 60) pane.scrollTop = top - pane.clientHeight * 0.4;
  }

  #output() {
    const {output} = this.recording;
    const lines = output.slice(0, this.recording.at(this.step).lines);
    const pane = this.#find('.out');
    pane.lastElementChild.innerHTML = lines.slice(-200).map((line) =>
      `<p${line.step === this.step ? ' class="new"' : ''}><i>${time(line.time)}</i><span>${safe(line.text)}</span></p>`).join('');
    pane.scrollTop = pane.scrollHeight;
  }

  #loop(moves) {
    const svg = this.#find('.loop svg');
    const drawn = loop(this.recording, this.step, this.#shown.plan);
    svg.innerHTML = drawn.svg;
    svg.setAttribute('aria-label', picture(this.recording, this.step));
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    for (const [id, [x, y]] of moves && !still ? drawn.chips : []) {
      const from = this.#shown.chips?.get(id);
      if (!from || (from[0] === x && from[1] === y)) continue;
      svg.querySelector(`[data-task="${id}"]:not([data-look=again])`)
        ?.animate([{transform: `translate(${from[0] - x}px,${from[1] - y}px)`}, {transform: 'none'}], {duration: 260, easing: 'ease-out'});
    }
    this.#shown.chips = drawn.chips;
  }

  #drawAct(act) {
    const {recording} = this;
    this.#shown.act = act;
    this.#shown.chips = null;
    const plan = this.#shown.plan = layout(recording, act, Math.max(300, Math.min(620, this.#find('.loop').clientWidth - 20)));
    const svg = this.#find('.loop svg');
    for (const [name, value] of Object.entries({viewBox: `0 0 ${plan.width} ${plan.height}`, width: plan.width, height: plan.height})) svg.setAttribute(name, value);
    this.#find('.names').innerHTML = act.tasks.map((id) => recording.tasks[id]).map((task) =>
      `<li class="t${task.colour}"><b>${task.letter}</b><span>${safe(task.name)}</span></li>`).join('') + `<li>${outside(recording, act)}</li>`;
    const room = this.#find('.lanes').clientWidth - 24;
    this.#shown.column = Math.min(34, Math.max(15, room / (act.last - act.first + 1)));
    const lanes = timeline(recording, act, this.#shown.column);
    this.#find('.lanes>div').style.cssText = `width:${lanes.width + 20}px;height:${heightOf(act)}px`;
    const time = this.#find('.lanes svg');
    time.innerHTML = lanes.svg;
    time.setAttribute('width', lanes.width + 20);
    time.setAttribute('height', lanes.height);
    for (const button of this.shadowRoot.querySelectorAll('.acts button')) button.setAttribute('aria-pressed', Number(button.dataset.go) === act.first);
  }

  #cursor(act) {
    const {column} = this.#shown;
    const at = (this.step - act.first) * column;
    const lanes = this.#find('.lanes');
    this.#find('.cursor').style.cssText = `width:${column}px;transform:translateX(${at}px)`;
    this.#find('.veil').style.width = `${Math.max(0, (act.last - this.step) * column + 20)}px`;
    if (at < lanes.scrollLeft + column || at > lanes.scrollLeft + lanes.clientWidth - 3 * column) lanes.scrollLeft = at - lanes.clientWidth / 3;
  }
}

if (!customElements.get('kettle-player')) customElements.define('kettle-player', KettlePlayer);
