export {
  type ChoiceContext,
  chooseLocation,
  DEFAULT_CHOOSEBY,
  type LocationChoice,
} from "./choose-location.ts";
export {
  addLocation,
  createLocations,
  exchangeUrl,
  type LocationAttributes,
  removeUrl,
  withLegacyUrls,
} from "./edit-locations.ts";
export { containsUrl, isEmpty, type LocationEntry, type Locations } from "./locations.ts";
export { formatLocations, isLocType, LOC_TYPE, parseLocations } from "./parse-locations.ts";
