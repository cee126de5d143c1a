// The worker of the analysts: all that is in it.

import { serve } from "troupe/realms";
import { Analyst } from "./analyst.js";

serve([Analyst]);
