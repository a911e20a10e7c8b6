/**
 * What is used of Ink and React, as one module to load lazily: a bundler makes of a dynamic import of a CommonJS
 * package a module without its names.
 */
export { Box, render, Text, useInput } from "ink";
export { createElement } from "react";
