"""What the administrator tells everybody: banners above the pages."""
