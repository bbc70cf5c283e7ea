//! Embeds as a browser shows them: of every pattern, and with each option that an address can have.

use orrery_core::catalog::PATTERNS;

use crate::embed;
use crate::visit::{APP_IS_MOUNTED, STAGE_MOVES, Visit};

/// The embed of every pattern, and of the first one each option.
pub(crate) fn visits() -> Vec<Visit> {
    let visit = |address: String, expectations: &[(&'static str, &'static str)]| {
        let all = [
            ("the app starts", APP_IS_MOUNTED),
            ("only what is shown is loaded", NO_PANELS),
        ];
        let expectations = all.iter().chain(expectations);
        Visit {
            path: address,
            title: None,
            expectations: expectations
                .map(|(what, script)| (*what, (*script).into()))
                .collect(),
            may_be_missing: false,
        }
    };
    let plain = PATTERNS
        .iter()
        .map(|pattern| visit(embed::address(pattern), &[("the stage moves", STAGE_MOVES)]));
    let options = PATTERNS.first().into_iter().flat_map(|pattern| {
        let address = embed::address(pattern);
        EMBED_OPTIONS
            .map(|(asked, what, script)| visit(format!("{address}{asked}"), &[(what, script)]))
    });
    let full = PATTERNS.first().map(|pattern| Visit {
        path: format!("{}?controls=full", embed::address(pattern)),
        title: None,
        expectations: vec![
            ("the stage moves", STAGE_MOVES.into()),
            (
                "all controls come, in their own style",
                FULL_CONTROLS.into(),
            ),
        ],
        may_be_missing: false,
    });
    plain.chain(options).chain(full).collect()
}

/// What an address asks for, what that is, and the script that sees it.
const EMBED_OPTIONS: [(&str, &str, &str); 7] = [
    (
        "?theme=dark",
        "it is dark",
        "return getComputedStyle(document.documentElement).backgroundColor === 'rgb(20, 23, 26)';",
    ),
    (
        "?controls=none&caption=off",
        "nothing stands around the stage",
        "return Boolean(document.querySelector('svg[data-testid=stage]')) \
            && !document.querySelector('[data-testid=play], [data-testid=caption]');",
    ),
    (
        "?controls=play&height=auto",
        "it is as high as it is",
        "const embed = document.querySelector('.own-height'); \
         return Boolean(embed) && embed.offsetHeight > 300 \
            && document.documentElement.scrollHeight <= Math.max(embed.offsetHeight, innerHeight);",
    ),
    (
        "?t=2.5",
        "it rests at its instant",
        "return document.querySelector('[data-testid=time]')?.textContent.startsWith('2.5') \
            && document.querySelector('[data-testid=play]').ariaLabel.startsWith('Play');",
    ),
    (
        "?autoplay=off",
        "it waits",
        "return document.querySelector('[data-testid=play]')?.ariaLabel.startsWith('Play') === true;",
    ),
    (
        "?seed=9&theme=neon&nonsense=1#at=1",
        "a wrong address says what is wrong",
        "const said = document.querySelector('[data-testid=link-problems]')?.textContent ?? ''; \
         return said.includes('neon') && said.includes('nonsense') \
            && document.querySelector('[data-testid=time]').textContent.startsWith('1');",
    ),
    (
        "?interactive=off",
        "the way out leads to the page",
        "return document.querySelector('[data-testid=way-out]')?.pathname.startsWith('/some/where/p/') === true;",
    ),
];

/// Neither the panels nor what follows them was asked for.
const NO_PANELS: &str = "\
    const loaded = performance.getEntriesByType('resource').map(entry => entry.name); \
    return loaded.length > 2 && !loaded.some(name => /_after-|panels|style-/.test(name));";

/// The knobs are there, and the page's stylesheet gives them a column.
const FULL_CONTROLS: &str = "\
    const controls = document.querySelector('.controls'); \
    return Boolean(controls?.querySelector('.knob')) \
        && getComputedStyle(document.querySelector('main.pattern')).display === 'grid' \
        && controls.offsetWidth < 400;";
