"""Two plans of the same patients, compared in pairs."""
