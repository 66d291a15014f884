// A ZIP archive whose files are stored as they are (APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16).
const STORED = 0, VERSION = 20;

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Fields of two or four bytes each: [size, value]… */
function fields(...list) {
  return Buffer.concat(list.map(([size, value]) => {
    const b = Buffer.alloc(size);
    b.writeUIntLE(value, 0, size);
    return b;
  }));
}

const about = content => [[2, STORED], [2, 0], [2, 0x21], [4, crc32(content)], [4, content.length], [4, content.length]];

export function zip(files) {
  const local = [], central = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text), title = Buffer.from(name);
    const head = fields([4, 0x04034b50], [2, VERSION], [2, 0], ...about(content), [2, title.length], [2, 0]);
    central.push(fields([4, 0x02014b50], [2, VERSION], [2, VERSION], [2, 0], ...about(content), [2, title.length], [2, 0],
      [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), title);
    local.push(head, title, content);
    at += head.length + title.length + content.length;
  }
  const index = Buffer.concat(central), n = Object.keys(files).length;
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, n], [2, n], [4, index.length], [4, at], [2, 0]);
  return Buffer.concat([...local, index, end]);
}
