export { type Candidate, type CandidateSource, type Candidates, collectCandidates } from "./candidates.ts";
export { type ChoiceContext, chooseCandidate, chooseLocation, DEFAULT_CHOOSEBY } from "./choose-location.ts";
export {
  addLocation,
  createLocations,
  exchangeUrl,
  type LocationAttributes,
  removeUrl,
} from "./edit-locations.ts";
export {
  containsUrl,
  formatLocations,
  isEmpty,
  isLocType,
  LOC_TYPE,
  type LocationEntry,
  type LocationInclude,
  type Locations,
  type LocationWarning,
  parseLocations,
} from "./locations.ts";
export { mergeLocations, repairLocations } from "./repair-locations.ts";
export { expandTemplate } from "./template.ts";
