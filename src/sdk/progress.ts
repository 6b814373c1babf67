/** Says how far an upload is while its bytes are taken, without holding more of it than one part. */
export type Progress = (sentBytes: number) => void;

/** The body as a stream that tells how much of it was taken. */
export function progressOf(
  body: Blob | Uint8Array | ReadableStream<Uint8Array>,
  onProgress: Progress,
): ReadableStream<Uint8Array> {
  let sentBytes = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform: (part, controller) => {
      sentBytes += part.length;
      controller.enqueue(part);
      onProgress(sentBytes);
    },
  });
  const stream = body instanceof ReadableStream ? body : new Blob([body as BlobPart]).stream();
  return stream.pipeThrough(counting);
}
