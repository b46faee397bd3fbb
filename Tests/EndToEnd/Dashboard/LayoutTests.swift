import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// Whether everything has its place, on a wall screen, a laptop and a phone.
    @Suite struct LayoutTests {
        /// Texts that are cut off although nothing says so, neither an ellipsis nor something to scroll.
        private static let cutOff = """
            const cut = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
              const parent = node.parentElement;
              if (!node.data.trim() || !parent.checkVisibility() || parent.closest('.unseen, .skip, noscript, option')) continue;
              const range = document.createRange();
              range.selectNodeContents(node);
              const box = range.getBoundingClientRect();
              if (box.left < -1 || box.right > innerWidth + 1) {
                let scrolls = false;
                for (let each = parent; each !== document.body; each = each.parentElement)
                  scrolls ||= ['auto', 'scroll'].includes(getComputedStyle(each).overflowX) || getComputedStyle(each).textOverflow === 'ellipsis';
                if (!scrolls) cut.push(`outside: ${node.data}`);
              }
              for (let each = parent; each && each !== document.body; each = each.parentElement) {
                const style = getComputedStyle(each);
                if (style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none') break;
                if (!['hidden', 'clip'].includes(style.overflowX) && !['hidden', 'clip'].includes(style.overflowY)) continue;
                const edge = each.getBoundingClientRect();
                if (box.right > edge.right + 1 || box.left < edge.left - 1 || box.bottom > edge.bottom + 1) {
                  cut.push(`in ${each.className || each.tagName}: ${node.data}`);
                  break;
                }
              }
            }
            return cut;
            """

        /// Titles that have become nothing but an ellipsis.
        private static let squeezed = """
            return [...document.querySelectorAll('.title')].filter(each => each.checkVisibility() && each.innerText
              && each.clientWidth < 60 && each.scrollWidth > each.clientWidth).map(each => each.innerText);
            """

        /// Parts of the page that have more in them than they show.
        private static let scrolled = """
            const page = document.documentElement;
            const parts = [...document.querySelectorAll('.panel-body, .column, .columns, main')]
              .filter(each => each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1)
              .map(each => `${each.closest('section')?.className ?? each.className}: ${each.scrollHeight} in ${each.clientHeight}`);
            return [...parts, ...(page.scrollHeight > innerHeight ? [`page: ${page.scrollHeight} in ${innerHeight}`] : [])];
            """

        private static let smallFigures = """
            return [...document.querySelectorAll('.figure')].filter(each => parseFloat(getComputedStyle(each).fontSize) < 32)
              .map(each => each.innerText);
            """

        @Test("A wall screen shows all of the overview at once", arguments: [false, true])
        func wall(isTroubled: Bool) async throws {
            try await withFullDashboard(isTroubled: isTroubled) { page throws in
                try page.browser.resize(width: 1920, height: 1080)
                try page.expectNone(Self.scrolled)
                try page.expectNone(Self.cutOff)
                try page.expectNone(Self.squeezed)
                for (part, count) in [("timeline", 10), ("runs", 10), ("releases", 10), ("origins", 4), ("bugs", 8)] {
                    let shown = try page.browser.run("return document.querySelectorAll('.\(part) .row').length")
                    #expect(shown.integer == count, "\(part)")
                }
            }
        }

        @Test("No page is wider than its screen, nothing is cut off, and figures can be read from afar")
        func sizes() async throws {
            try await withFullDashboard { page throws in
                for (width, height) in [(1920, 1080), (1366, 768), (1024, 768), (390, 844), (320, 640)] {
                    for view in Dashboard.views {
                        try page.browser.resize(width: width, height: height)
                        try page.visit(view)
                        let place: Comment = "\(view) at \(width)×\(height)"
                        let wide = try page.browser.run("return document.documentElement.scrollWidth").integer ?? 0
                        #expect(wide <= width, place)
                        try page.expectNone(Self.cutOff, place)
                        try page.expectNone(Self.squeezed, place)
                        try page.expectNone(Self.smallFigures, place)
                    }
                }
            }
        }
    }
}
