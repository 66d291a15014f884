// The official client, unmodified, with client certificates, and its methods by the route that each calls.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { File } from 'node:buffer';

globalThis.File ??= File; // Node 18 has the class, but not as a global; the client's uploads look for it there
const require = createRequire(`${process.env.UDL_MODULES}/package.json`);
const { Agent } = require('undici');
export const Udl = require('unified-data-library').default;
export const exchange = JSON.parse(process.env.UDL_TEST);

/** TLS of one principal, such as 'JPN operator'. */
export function credentials(who) {
  const [certificate, key] = exchange.principals[who].map(file => readFileSync(file));
  return { ca: readFileSync(exchange.authority), cert: certificate, key };
}

/** A client as its documentation tells to make one with certificates. It never tries again: a failure is to be seen. */
export function connect(who, more = {}) {
  const dispatcher = new Agent({ connect: credentials(who) });
  return new Udl({ baseURL: exchange.url, defaultHeaders: { Authorization: null }, fetchOptions: { dispatcher },
    maxRetries: 0, logLevel: 'off', ...more });
}

const CALL = /this\._client\.(getAPIList|get|post|put|delete)\(\s*(?:\(0, \w+\.path\)\s*)?([`'])([^`']*)\2/;

function method(resource, accessor, name) {
  const source = resource[name].toString(), call = source.match(CALL);
  if (!call) return null;
  const verb = call[1] === 'getAPIList' ? 'GET' : call[1].toUpperCase();
  return { accessor, name, verb, paged: call[1] === 'getAPIList', path: call[3].replace(/\$\{(\w+)\}/g, '{$1}'),
    wrapsBody: /const \{[^}]*\bbody\b(?!_)[^}]*\} = params/.test(source) && !/\.\.\.body\b/.test(source),
    call: (...given) => resource[name](...given) };
}

/** {'GET /udl/elset/{id}': method} of everything that the client can do. */
export function methods(client) {
  const found = new Map(), seen = new Set();
  const walk = (resource, accessor) => {
    seen.add(resource);
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(resource)).filter(n => n !== 'constructor')) {
      const m = typeof resource[name] === 'function' && method(resource, accessor, name);
      if (m && !found.has(`${m.verb} ${m.path}`)) found.set(`${m.verb} ${m.path}`, m);
    }
    for (const [name, inner] of Object.entries(resource))
      if (inner?._client === client && !seen.has(inner)) walk(inner, `${accessor}.${name}`);
  };
  for (const [name, resource] of Object.entries(client)) if (resource?._client === client) walk(resource, name);
  return found;
}

/** Everything that a paged method gives, by the client's own pager, and how many requests that took. */
export async function everything(page) {
  const all = [];
  for await (const record of page) all.push(record);
  return all;
}
