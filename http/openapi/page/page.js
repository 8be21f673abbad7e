"use strict";
// Nothing is asked of any other server: the document is this one's, and no validator is told of it.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
