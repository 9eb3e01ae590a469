/** The last bytes of a stream. Its memory is written over and over; what is not used is never touched. */
export class ByteTail {
  readonly #ring: Buffer;
  #count = 0;

  /** `size`: how many bytes are kept. */
  constructor(size: number) {
    this.#ring = Buffer.allocUnsafeSlow(size);
  }

  /** How many bytes came in all. */
  get count(): number {
    return this.#count;
  }

  push(chunk: Uint8Array): void {
    const size = this.#ring.length;
    this.#count += Math.max(0, chunk.length - size);
    for (let rest = chunk.subarray(-size); rest.length > 0; ) {
      const at = this.#count % size;
      const part = rest.subarray(0, size - at);
      this.#ring.set(part, at);
      this.#count += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** The last bytes that are kept, all or `atMost` so many. They are good until more come. */
  bytes(atMost: number = this.#ring.length): Buffer {
    const size = this.#ring.length;
    const wanted = Math.min(atMost, size, this.#count);
    const end = this.#count % size;
    if (wanted <= end) return this.#ring.subarray(end - wanted, end);
    return Buffer.concat([this.#ring.subarray(size + end - wanted), this.#ring.subarray(0, end)]);
  }
}
