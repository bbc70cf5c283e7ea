/**
 * Types of `embed.js` and of the messages between a page and an embedded machine, version 1.
 *
 * With the script, use the element: `document.querySelector('orrery-demo').send('seek', { t: 4 })`.
 * Without it, post a `Command` to the frame's window and listen for `Report`s from it; check
 * `event.source` and `event.origin` as with any message.
 */

/** A value of a knob or of an argument. A text is read as it would stand in a form field. */
export type Value = boolean | number | string;

/** What an embed can tell of as it goes on, a few times a second. */
export type Topic = 'time' | 'metrics' | 'events' | 'properties';

export type Theme = 'auto' | 'light' | 'dark';

/** What each type of command takes. */
export interface Commands {
  play: {};
  pause: {};
  /** Takes the next event. */
  step: {};
  /** Undoes the last event. */
  back: {};
  /** Starts the run again and plays it. */
  restart: {};
  /** Goes to an instant, in seconds. */
  seek: { t: number };
  /** How fast time goes: 1/16 to 64, of which the nearest power of two is taken. */
  speed: { factor: number };
  /** Starts a scenario and plays it. */
  scenario: { scenario: string };
  set: { knob: string; value: Value };
  /** Does something; faults are called `fault.crash` and the like. */
  act: { action: string; args?: Record<string, Value> };
  subscribe: { to: Topic[] };
  unsubscribe: { to: Topic[] };
  theme: { theme: Theme };
  /** Is answered with `state`. */
  state: {};
  /** Is answered with `description`. */
  describe: {};
}

/** A message to an embed. Its `id`, if it has one, comes back with the answer. */
export type Command = {
  [Type in keyof Commands]: { orrery: 1; type: Type; id?: number | string } & Commands[Type];
}[keyof Commands];

export interface Time {
  /** Seconds since the run began. */
  t: number;
  /** How many events came before. */
  event: number;
  playing: boolean;
}

export interface Measured {
  count: number;
  mean: number;
  p50: number;
  p99: number;
}

export interface Line {
  number: number;
  t: number;
  event: number;
  kind: string;
  text: string;
  notable: boolean;
}

export type Property =
  | { name: string; state: 'holds' | 'pending' }
  | { name: string; state: 'violated' | 'undecided'; t: number; reason: string };

export interface Setting {
  key: string;
  label: string;
  unit: string;
  /** Whether it may change while the run goes on; otherwise changing it starts the run anew. */
  live: boolean;
  default: Value;
  value: Value;
  min?: number;
  max?: number;
  choices?: string[];
}

/** What each type of report holds. */
export interface Reports {
  /** The embed is here and hears. */
  ready: { pattern: string };
  /** How high its content is, in CSS pixels; only with `height=auto`. */
  height: { height: number };
  /** A command was carried out. */
  done: {};
  /** A command was not: `message` says why, `code` in one word. */
  error: {
    code: 'json' | 'too-long' | 'version' | 'field' | 'refused' | 'busy';
    message: string;
  };
  state: Time & { pattern: string; scenario: string | null; link: string };
  description: {
    pattern: string;
    name: string;
    summary: string;
    scenarios: { scenario: string; name: string }[];
    knobs: Setting[];
    actions: { action: string; label: string; args: Setting[] }[];
    metrics: { metric: string; label: string; unit: string }[];
  };
  time: Time;
  metrics: { t: number; values: Record<string, number | Measured> };
  /** At most 100 lines; `missed` is how many came before them that there was no room for. */
  events: { events: Line[]; missed: number };
  properties: { properties: Property[] };
}

/** A message from an embed. */
export type Report = {
  [Type in keyof Reports]: { orrery: 1; type: Type; id?: number | string } & Reports[Type];
}[keyof Reports];

/**
 * `<orrery-demo>`. Attributes: `pattern`; `scenario`, or `run` with a shared link or its part after
 * `#`; `theme`, `controls`, `autoplay`, `t`, `caption`, `interactive`; `height` in pixels, without which it is as high as its content;
 * `title`; `site`, where it is not the folder of the script. Each report is an event `orrery-<type>`
 * whose `detail` is the report. Changing an attribute other than `theme` and `title` opens the demo
 * anew, and what was subscribed to has to be asked for again: do so on `orrery-ready`.
 */
export interface OrreryDemo extends HTMLElement {
  /** Sends a command, once the demo is here; the answer, or an error that says why not. */
  send<Type extends keyof Commands>(type: Type, fields?: Commands[Type]): Promise<Report>;
  play(): Promise<Report>;
  pause(): Promise<Report>;
  seek(t: number): Promise<Report>;
}

declare global {
  interface HTMLElementTagNameMap {
    'orrery-demo': OrreryDemo;
  }
}
