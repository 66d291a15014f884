// Why cases of the official suite do not pass. A case that fails needs one of these, a case that passes none.
const NAMED = /\/(\{\w+\}|describeTopic\/.*|getLatestOffset\/.*|getMessages\/.*|getSignature)$/;

const CONVERTED = ['POST /udl/conjunction', 'POST /udl/eoobservation/createBulk'];

export const REASONS = {
  'not there': 'The exchange has no such type or route yet.',
  'unknown id': 'Asks for, replaces or deletes a record `id`, a topic `topic` or an object `idOnOrbit` that was never posted: 404, as for any record that is missing.',
  'no marking': 'Posts words such as `classification` as marking, or `dataMode` as data mode. A label that is not understood is never taken.',
  'no conversion': 'Asks that coordinates be converted while they are posted (`convertPosVel`, `convertToJ2K`); the exchange keeps what the originator said.',
  'no file': 'Uploads the text `# my file contents` as an archive or a message.',
  'no format': 'Asks for a file of history in a format `outputFormat` with a delimiter `outputDelimiter`, to be told by `notification`.',
};

/** The reason for which a case is expected to fail, or undefined. */
export function reason(case_, document) {
  const [verb, path] = case_.key.split(' ');
  if (case_.form === 'unknown path') return undefined;
  if (!isThere(document, verb, path, case_.type)) return 'not there';
  if (case_.form === 'everything' && path.endsWith('/history/aodr')) return 'no format';
  if (case_.form === 'everything' && CONVERTED.includes(case_.key)) return 'no conversion';
  if (path === '/filedrop/udl-gnssrawif') return 'no file';
  if (['/filedrop/cdms', '/filedrop/ephem', '/udl/elset/createBulkFromTLE', '/udl/notification/createRaw'].includes(path))
    return 'no marking';
  if (seeded(case_.type, case_.key, document)) return undefined;
  return NAMED.test(path) ? 'unknown id' : undefined;
}

/** If a record is named by the poster's own id: types with new versions keep it. */
export function seeded(type, key, document) {
  return /^(GET|PUT|DELETE) \/udl\/\w+\/\{\w+\}$/.test(key) && Boolean(document.paths[`/udl/${type}/{id}`]?.put);
}

function isThere(document, verb, path, type) {
  if (type !== 'messages' && !document.components.schemas[type]) return false;
  const shape = p => p.replace(/\{\w+\}/g, '{}').replace(/^\/filedrop\/udl-.*/, '/filedrop/{}');
  return Object.entries(document.paths).some(([p, verbs]) => shape(p) === shape(path) && verbs[verb.toLowerCase()]);
}
