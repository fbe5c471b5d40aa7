// Reads what captioning/live/export.py packs.

const half = new Float32Array(2 ** 16); // the value of each number in half precision
half.forEach((_, bits) => {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
  half[bits] = bits >> 15 ? -size : size;
});

/** Unpack a text: what is said in it, and `arrays` by name, flat and in single precision; see `products` of matrices. */
export async function unpacked(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  let at = 4 + new Uint32Array(buffer, 0, 1)[0];
  const said = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, at - 4)));
  const arrays = said.arrays.map(([name, kind, length, rows, columns]) => {
    const stored = new (kind === "float16" ? Uint16Array : Float32Array)(buffer, at, length);
    at += stored.byteLength;
    const values = new Float32Array(stored);
    if (kind === "float16") for (let i = 0; i < length; i++) values[i] = half[stored[i]];
    return [name, rows ? { rows, columns, padded: length / rows, laid: values } : values];
  });
  return { ...said, arrays: Object.fromEntries(arrays) };
}
