// All of pictures that are made, in one bundle: what is chosen for one, what came, how it is changed, what there was.
import "../shared.ts";
import "./image-options.ts";
import "./made-pictures.ts";
