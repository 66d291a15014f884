// The Test Anything Protocol, one line a case; a case that throws has failed, one that throws Skip was not possible.
export class Skip extends Error {}

let n = 0;

const comment = text => String(text).split('\n').map(line => `# ${line}\n`).join('');

export async function test(name, body) {
  n += 1;
  try {
    await body();
    process.stdout.write(`ok ${n} ${name}\n`);
  } catch (error) {
    if (error instanceof Skip) {
      process.stdout.write(`ok ${n} ${name} # SKIP ${error.message}\n`);
      return;
    }
    process.stdout.write(`not ok ${n} ${name}\n${comment(error.stack ?? error)}`);
    process.exitCode = 1;
  }
}

export function done() {
  process.stdout.write(`1..${n}\n`);
}
