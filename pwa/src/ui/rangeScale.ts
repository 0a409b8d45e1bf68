/** Where a value stands on the ruler, in percent of its width: the normal range takes the middle 70 %. */
export function positionOnRuler(value: string, low: string, high: string): number {
  const [from, to, at] = [Number(low), Number(high), Number(value)];
  const width = to - from || 1;
  const position = 15 + ((at - from) / width) * 70;
  return Math.min(100, Math.max(0, position));
}
