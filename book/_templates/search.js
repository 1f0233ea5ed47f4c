// In which order the search page lists what it has found, and what it says of a page. Sphinx puts
// this after its own script. First comes the result whose id was typed, or the page whose title;
// what is called by several words as they were typed comes before the pages that have each of them
// somewhere.
Scorer.score = (found) => {
  const [page, name, anchor, about, score] = found;
  const typed = new URLSearchParams(window.location.search).get("q").trim().toLowerCase();
  if (!anchor && !about) found[3] = Search._index.descriptions[page];
  if (about ? anchor === `#${typed}` : !anchor && name.toLowerCase() === typed) return 1000;
  const phrase = about && typed.includes(" ") && name.toLowerCase().includes(typed);
  return phrase ? Math.max(score, 10) : score;
};

// What the index has no words of its own for must not be found among those that JavaScript gives
// to each object, such as "constructor"; the script itself asks for one of these.
const { hasOwnProperty } = Object.prototype;
const { setIndex } = Search;
Search.setIndex = (index) => {
  for (const words of [index.terms, index.titleterms]) {
    Object.setPrototypeOf(words, Object.create(null, { hasOwnProperty: { value: hasOwnProperty } }));
  }
  setIndex(index);
};
