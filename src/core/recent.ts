/**
 * Makes something for an object when it is asked for, and keeps it until `most` others were made since, or more. What a
 * long run needs but once goes soon; what its loops need again and again stays.
 */
export function keptWhileRecent<K extends object, V>(make: (of: K) => V, most: number): (of: K) => V {
  let recent = new WeakMap<K, V>();
  let older = recent;
  let count = 0;
  return (of) => {
    const known = recent.get(of);
    if (known !== undefined) return known;
    const value = older.get(of) ?? make(of);
    if (count === most) {
      older = recent;
      recent = new WeakMap();
      count = 0;
    }
    recent.set(of, value);
    count += 1;
    return value;
  };
}
