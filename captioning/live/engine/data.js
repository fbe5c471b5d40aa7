// Reads what captioning/live/export.py packs.

// The value of each number in half precision.
const half = new Float32Array(2 ** 16).map((_, bits) => {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
});

/** Unpack a text: what is said in it, and its arrays, flat and in single precision; a matrix as `product` takes it. */
export async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt());
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  let at = 4 + new Uint32Array(buffer, 0, 1)[0];
  const said = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, at - 4)));
  const arrays = said.arrays.map(([name, kind, length, rows, columns]) => {
    const stored = new (kind === "float16" ? Uint16Array : Float32Array)(buffer, at, length);
    at += stored.byteLength;
    const values = new Float32Array(stored).map((value) => (kind === "float16" ? half[value] : value));
    return [name, rows ? { rows, columns, padded: length / rows, laid: values } : values];
  });
  return { ...said, arrays: Object.fromEntries(arrays) };
}
