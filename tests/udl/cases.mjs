// The cases of the client's own test suite. The suite is generated from the API's description, one file a resource: for
// each method a call with what is required, one with everything, one to a path that does not exist. It is not in the
// package; the calls are, as examples in the sources, and what else a call may have, as types.
import { File } from 'node:buffer';
import { exchange } from './client.mjs';
import { surface } from './surface.mjs';
import { VALUES } from './values.mjs';

export const TYPES = ['collectrequest', 'collectresponse', 'conjunction', 'diffofarrival', 'elset', 'emireport',
  'emittergeolocation', 'eoobservation', 'eop', 'ephemeris', 'ephemerisset', 'gnssobservationset', 'gnssrawif', 'h3geo',
  'h3geohexcell', 'ionoobservation', 'maneuver', 'navigation', 'notification', 'obscorrelation', 'onboardnavigation',
  'onorbit', 'radarobservation', 'rfobservation', 'sensor', 'site', 'spaceenvobservation', 'statevector', 'taiutc'];
const DROPS = { cdms: 'conjunction', ephem: 'ephemerisset', 'udl-ephset': 'ephemerisset', 'udl-eo': 'eoobservation',
  'udl-gnssobset': 'gnssobservationset', 'udl-ionoobs': 'ionoobservation', 'udl-radar': 'radarobservation',
  'udl-rf': 'rfobservation', 'udl-spaceenvobs': 'spaceenvobservation', 'udl-sv': 'statevector' };
const SENT = '2018-01-01T16:00:00.123456Z', ASKED = '2019-12-27T18:11:19.117Z', DAY = '2019-12-27';
const UNKNOWN = '/_stainless_unknown_path';

/** The record type that a path is about, `messages` for secure messaging, undefined for the rest of the UDL. */
function typeOf(path) {
  const [, root, name] = path.split('/');
  if (root === 'sm') return 'messages';
  if (root === 'filedrop') return DROPS[name] ?? TYPES.find(t => name === `udl-${t}`);
  return name === 'currentelset' ? 'elset' : TYPES.find(t => root === 'udl' && t === name);
}

/** The arguments of the call in an example, by running it with a client that only listens. */
function argumentsOf(example) {
  const from = example.indexOf('client.'), text = example.slice(from), given = [];
  const listener = new Proxy(() => {}, { get: () => listener, apply: (_, __, args) => given.push(...args) });
  const end = closing(text, text.indexOf('('));
  const fs = { createReadStream: () => new File(['# my file contents'], 'README.md') };
  new Function('client', 'fs', `return ${text.slice(0, end + 1)};`)(listener, fs);
  return given;
}

/** Where the parenthesis that opens at `at` closes; those in strings do not count. */
function closing(text, at) {
  for (let i = at, depth = 0, quote = null; i < text.length; i++) {
    const c = text[i];
    if (quote) {
      if (c === '\\') i++;
      else if (c === quote) quote = null;
    } else if (`'"\``.includes(c)) quote = c;
    else if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i;
  }
  throw new Error(`an example without end: ${text}`);
}

const isTime = words => /ISO ?8601|YYYY/.test(words);

/** What the exchange says of a member: the sources do not tell whole numbers from others, or times from text. */
function told(document, type, path) {
  const resolve = n => (n?.$ref ? resolve(n.$ref.slice(2).split('/').reduce((at, step) => at[step], document)) : n);
  let node = resolve(document.components.schemas[type]);
  for (const name of path) {
    while (node?.type === 'array') node = resolve(node.items);
    node = resolve(node?.properties?.[name]);
  }
  while (node?.type === 'array') node = resolve(node.items);
  return node ?? {};
}

class Bodies {
  constructor(document) {
    this.document = document;
  }

  text(field, path, hint) {
    if (hint.format === 'date-time' || (!hint.type && isTime(field.words))) return SENT;
    if (field.name === 'classificationMarking') return 'U';
    if (field.name === 'source') return 'Bluestaq';
    return /id/i.test(field.name) ? `${field.name.toUpperCase()}-ID` : 'Example';
  }

  value(node, type, field, path) {
    const hint = told(this.document, type, path);
    switch (node.kind) {
      case 'array': return this.elements(node, type, field, path);
      case 'object': return this.all(node.fields(), type, path);
      case 'number': return hint.type === 'integer' ? 1 : 1.1;
      case 'boolean': return true;
      case 'enum': return field.name === 'dataMode' ? 'TEST' : node.values[0];
      default: return this.text(field, path, hint);
    }
  }

  elements(node, type, field, path) {
    const one = this.value(node.of, type, field, path);
    return node.of.kind === 'object' || node.of.kind === 'array' ? [one] : [one, one];
  }

  /** A body with every field. */
  all(fields, type, path = []) {
    return Object.fromEntries(fields.map(f => {
      const at = [...path, f.name];
      return [f.name, VALUES[type]?.[at.join('.')] ?? this.value(f.type, type, f, at)];
    }));
  }

  /** Only what is required, where the sources have no example. */
  least(fields, type, path = []) {
    return Object.fromEntries(fields.filter(f => !f.optional).map(f => {
      if (f.name === 'body' && f.type.kind === 'array') return ['body', [this.least(f.type.of.fields(), type)]];
      return [f.name, isTime(f.words) && !path.length ? ASKED : this.value(f.type, type, f, [...path, f.name])];
    }));
  }
}

/** How the official cases ask for what is required where no example says it. */
function required(method, type, bodies) {
  if (type === 'messages')
    return { getMessages: [0, { topic: 'topic' }], listTopics: [] }[method.name] ?? ['topic'];
  if (method.name === 'uploadZip') return [{ file: new File(['# my file contents'], 'README.md') }];
  const ids = method.positional.map(() => 'id');
  if (!method.object || method.object.optional) return ids;
  const fields = method.object.type.fields();
  if (!method.key.startsWith('GET ')) return [...ids, bodies.least(fields, type)];
  const asked = fields.filter(f => !f.optional).map(f =>
    [f.name, !isTime(f.words) ? f.name : /YYYY-MM-DD\)/.test(f.words) && !/T/.test(f.words) ? DAY : ASKED]);
  return [...ids, Object.fromEntries(asked)];
}

function option(field) {
  if (isTime(field.words)) return ASKED;
  return { number: 0, boolean: true, array: ['string'] }[field.type.kind] ?? field.name;
}

/** The optional parameters of the query, with the values that the suite gives them. */
function options(method) {
  const isGet = method.key.startsWith('GET ');
  const chosen = method.object.type.fields().filter(f => f.optional && !/^Path param/.test(f.words) &&
    (isGet || /^Query param/.test(f.words) || (method.apart.includes(f.name) && f.name !== 'body')));
  return Object.fromEntries(chosen.map(f => [f.name, option(f)]));
}

/** The method's body with every field, or null where it has none, or one that is a text. */
function fullBody(method, type, bodies) {
  if (method.key.startsWith('GET ') || method.name === 'uploadZip') return null;
  const fields = method.object.type.fields(), whole = fields.find(f => f.name === 'body');
  if (whole && whole.type.kind !== 'array') return null;
  if (whole) return { array: true, value: bodies.all(whole.type.of.fields(), type) };
  return { value: bodies.all(fields.filter(f => !/^(Query|Path) param/.test(f.words)), type) };
}

function optionalArguments(method, args, type, bodies) {
  const at = args.length - 1, more = options(method), body = fullBody(method, type, bodies);
  const given = { ...args[at], ...more };
  if (body?.array) given.body = [{ ...body.value, ...given.body[0] }];
  return [...args.slice(0, at), body && !body.array ? { ...body.value, ...given } : given];
}

function* casesOf(method, type, bodies) {
  const args = method.example ? argumentsOf(method.example) : required(method, type, bodies);
  const base = { file: `${method.file}.test.ts`, type, key: method.key, method: method.name };
  if (!method.binary) yield { ...base, form: 'required', args };
  if (!method.object) return;
  if (method.object.optional) yield { ...base, form: 'unknown path', args: [...args, options(method), { path: UNKNOWN }] };
  else yield { ...base, form: 'everything', args: optionalArguments(method, args, type, bodies) };
}

/** Every case: {file, type, key, method, form, args}. */
export function cases(document) {
  const bodies = new Bodies(document), found = [];
  for (const method of surface().values()) {
    const type = typeOf(method.key.split(' ')[1]);
    if (type && !method.file.includes('calibration')) found.push(...casesOf(method, type, bodies));
  }
  return found;
}
