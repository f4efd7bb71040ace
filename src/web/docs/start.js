/* A file of its own, and not inline, so that the page's content security policy can forbid inline scripts. */
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, persistAuthorization: true });
