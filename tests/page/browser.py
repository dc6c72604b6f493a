"""A headless Chromium of the system, in a profile of its own that is thrown away."""

import os
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

FLAGS = [
    "--headless=new",
    "--no-sandbox",  # Chromium refuses to run as root with it; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",  # containers have a small /dev/shm
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--hide-scrollbars",
]


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="jirasend-page-")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which(os.environ.get("CHROMIUM", "chromium"))
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={self.profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        # The driver's path is given, so Selenium has no reason to look for one to download.
        driver = shutil.which(os.environ.get("CHROMEDRIVER", "chromedriver"))
        try:
            self.driver = webdriver.Chrome(
                options=options, service=Service(executable_path=driver)
            )
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        self.driver.set_script_timeout(60)
        self.size(1280, 800)
        self.scheme("light")

    def size(self, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def scheme(self, scheme, reduced_motion=False):
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {
                "features": [
                    {"name": "prefers-color-scheme", "value": scheme},
                    {
                        "name": "prefers-reduced-motion",
                        "value": "reduce" if reduced_motion else "no-preference",
                    },
                ]
            },
        )

    def console(self):
        """What the console said since the last call, whatever its level."""
        return [f"{each['level']}: {each['message']}" for each in self.driver.get_log("browser")]

    def close(self):
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self.profile, ignore_errors=True)
