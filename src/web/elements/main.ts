/** The custom elements, for pages of any shop. */
export {};
