/** Price of a cart in cents; every tenth piece of an article is free. */
export function totalCents(cart) {
  return cart.reduce((sum, { cents, count }) => sum + cents * count, 0);
}
