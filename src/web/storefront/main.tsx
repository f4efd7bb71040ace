/** The page "storefront". */
import "../shared/style.css";
import { render } from "preact";

const root = document.getElementById("app");
if (root !== null) render(<main>storefront</main>, root);
