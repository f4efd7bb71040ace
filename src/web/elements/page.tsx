/** The page that shows the custom elements, with code to copy. */
import "../shared/style.css";
import { render } from "preact";

const root = document.getElementById("app");
if (root !== null) render(<main>elements</main>, root);
