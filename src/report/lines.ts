const widest = 110;
const narrowest = 40;

/** How many characters a line of prose has on a stream: as many as its terminal shows, and never more than reads well. */
export function lineWidth(stream: NodeJS.WritableStream | undefined): number {
  const columns = stream !== undefined && 'columns' in stream ? Number(stream.columns) : Number.NaN;
  return columns > 0 ? Math.min(widest, Math.max(narrowest, columns)) : widest;
}

/** Breaks a text at spaces into lines of at most so many characters; a longer word stays whole, and so does a line's end. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrappedLine(line, width));
}

function wrappedLine(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
