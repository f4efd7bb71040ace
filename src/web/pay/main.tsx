/** The page "pay". */
import "../shared/style.css";
import { render } from "preact";

const root = document.getElementById("app");
if (root !== null) render(<main>pay</main>, root);
