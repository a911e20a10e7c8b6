/** Makes something for an object when it is first asked for; kept as long as that object. */
export function oncePer<K extends object, T extends object | boolean>(make: (of: K) => T): (of: K) => T {
  const made = new WeakMap<K, T>();
  return (of) => {
    const known = made.get(of) ?? make(of);
    made.set(of, known);
    return known;
  };
}
