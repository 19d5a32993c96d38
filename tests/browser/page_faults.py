"""What a page is asked about itself, in its own language: each returns a list of sentences."""

_RUN = """async options => {
    const { violations } = await axe.run(document, options);
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 240)}`),
    );
}"""
RULES = f"""() => ({_RUN})({{
    runOnly: {{
        type: "tag",
        values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }},
}})"""
CONTRAST = f"""() => ({_RUN})({{ runOnly: {{ type: "rule", values: ["color-contrast"] }} }})"""

# Focus each thing that can have it: a ring must show, by an outline alone where colours are the system's own.
FAULTS = """kind => {
    const faults = [];
    const told = element => element.outerHTML.replace(/\\s+/g, " ").slice(0, 140);
    const drawn = element => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(element);
        const none = outlineStyle === "none" || outlineWidth === "0px";
        const outline = none ? "" : [outlineStyle, outlineWidth, outlineColor];
        return String(kind === "outline" ? [outline] : [outline, boxShadow, borderColor]);
    };
    const around = element => {
        const near = [element, element.nextElementSibling, element.previousElementSibling];
        for (let up = element.parentElement; up && near.length < 7; up = up.parentElement) near.push(up);
        return near.filter(Boolean);
    };
    const wanted = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
    const seen = element => element.type !== "hidden" && element.checkVisibility({ visibilityProperty: true });
    const free = element => !element.disabled && !element.closest("[inert]");
    const all = [...document.querySelectorAll(wanted)].filter(element => seen(element) && free(element));
    for (const element of all) {
        document.activeElement?.blur();
        const near = around(element);
        const before = near.map(drawn);
        element.focus({ preventScroll: true, focusVisible: true });
        if (document.activeElement !== element) continue;
        const same = near.every((each, place) => drawn(each) === before[place]);
        if (same) faults.push(`no ring (${kind}): ${told(element)}`);
    }
    document.activeElement?.blur();
    if (kind === "outline") return faults;
    for (const element of document.body.querySelectorAll("*")) {
        const style = getComputedStyle(element);
        const longest = [style.transitionDuration, style.animationDuration].join().split(",").map(parseFloat);
        if (Math.max(...longest) > 0.02) faults.push(`moves although motion is unwanted: ${told(element)}`);
        const backwards = style.flexDirection.endsWith("reverse") && style.display.endsWith("flex");
        const turned = [...element.children].filter(child => child.matches(wanted) || child.querySelector(wanted));
        if (backwards && turned.length > 1) faults.push(`is seen in another order: ${told(element)}`);
    }
    // The next theme comes at once, and not by way of the colours between.
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important }");
    document.adoptedStyleSheets.push(still);
    return faults;
}"""
