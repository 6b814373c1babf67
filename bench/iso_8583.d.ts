/** The little of npm `iso_8583` that the benchmark uses; the package brings no types. */
declare module 'iso_8583' {
  class Iso8583 {
    constructor(fields?: object);
    /** A buffer, or an object that says what is wrong. */
    getBufferMessage(): unknown;
    getIsoJSON(bytes: Buffer): Readonly<Record<string, string>>;
  }
  export = Iso8583;
}
