//! A page's WebSocket that a test can break and mend. The page's own code is untouched: it sees a
//! socket that closes, and new ones that fail, as on a bad network.

use anyhow::{Context, Result};

use crate::page::Page;

/// Runs before the page's scripts.
const SCRIPT: &str = "
  const open = [];
  const line = { cut: false, sockets: 0 };
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(...where) {
      super(...where);
      open.push(this);
      if (line.cut) this.close();
      else this.addEventListener('open', () => { line.sockets += 1; });
    }
  };
  line.break = () => { line.cut = true; for (const socket of open.splice(0)) socket.close(); };
  line.mend = () => { line.cut = false; };
  window.__line = line;
";

impl Page {
    /// Lets the test break the line of every page that this browser opens from here on.
    ///
    /// # Errors
    /// When the browser does not take it.
    pub async fn with_breakable_line(&self) -> Result<()> {
        self.before_load(SCRIPT).await
    }

    /// Closes the page's WebSocket; new ones fail until [`Page::mend_line`].
    ///
    /// # Errors
    /// When the page was opened without [`Page::with_breakable_line`].
    pub async fn break_line(&self) -> Result<()> {
        self.run("window.__line.break();").await.map(drop)
    }

    /// Lets the page's next try to come back succeed.
    ///
    /// # Errors
    /// As [`Page::break_line`].
    pub async fn mend_line(&self) -> Result<()> {
        self.run("window.__line.mend();").await.map(drop)
    }

    /// WebSockets that this page has opened.
    ///
    /// # Errors
    /// As [`Page::break_line`].
    pub async fn sockets(&self) -> Result<u64> {
        let value = self.run("return window.__line.sockets;").await?;
        value.as_u64().context("the page counts no sockets")
    }
}
