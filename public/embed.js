// <orrery-demo>: a running machine in your page. What it takes: embed.d.ts.
(() => {
	const own = document.currentScript ?? document.querySelector('script[src*="embed.js"]');
	const root = new URL('./', own?.src ?? location.href);
	const asked = 'theme controls autoplay t caption interactive scenario'.split(' ');
	let count = 0;

	class OrreryDemo extends HTMLElement {
		static observedAttributes = ['pattern', 'run', 'site', 'title', 'height', ...asked];
		#frame;
		#near;
		#ready;
		#waiting = new Map();
		#hear = ({ source, origin, data }) => {
			if (source !== this.#frame?.contentWindow || origin !== this.#origin || data?.orrery !== 1) return;
			const { type, id } = data;
			if (type === 'ready') {
				this.#ready = true;
				this.#waiting.forEach(({ message }) => this.#post(message));
			} else if (type === 'height' && !this.#fixed) {
				this.style.height = `${Math.min(+data.height || 480, 4000)}px`;
			}
			const waiting = this.#waiting.get(id);
			if (type === 'error') waiting?.reject(new Error(data.message));
			else waiting?.resolve(data);
			this.#waiting.delete(id);
			this.dispatchEvent(new CustomEvent(`orrery-${type}`, { detail: data }));
		};

		connectedCallback() {
			if (!this.shadowRoot) this.attachShadow({ mode: 'open', delegatesFocus: true });
			addEventListener('message', this.#hear);
			this.#look();
			this.#near = new IntersectionObserver((all) => {
				if (all.some((one) => one.isIntersecting)) this.#show();
			}, { rootMargin: '300px' });
			this.#near.observe(this);
		}

		disconnectedCallback() {
			removeEventListener('message', this.#hear);
			this.#near.disconnect();
			this.#frame = this.#ready = undefined;
			this.#waiting.forEach(({ reject }) => reject(new Error('It is gone.')));
			this.#waiting.clear();
		}

		attributeChangedCallback(name, before, now) {
			this.#look();
			if (name === 'title' || before === now || !this.#frame) return;
			if (name === 'theme' && this.#ready) this.send('theme', { theme: now ?? 'auto' }).catch(() => {});
			else this.#show();
		}

		get #origin() { return new URL(this.#frame.src).origin; }

		get #fixed() { return parseInt(this.#get('height')); }

		#get(name) { return this.getAttribute(name); }

		#post(message) { this.#frame.contentWindow.postMessage(message, this.#origin); }

		#look() {
			this.style.display = 'block';
			if (this.#fixed || !this.style.height) this.style.height = `${this.#fixed || 480}px`;
			if (this.#frame) this.#frame.title = this.title || `${this.#get('pattern')}, a running model`;
		}

		#show() {
			this.#near.disconnect();
			const site = new URL(this.#get('site') ?? root, location.href);
			const url = new URL(`embed/${encodeURIComponent(this.#get('pattern'))}/`, site);
			const say = (name, value) => url.searchParams.set(name, value);
			for (const name of asked) {
				const value = this.#get(name);
				if (value !== null) say(name, value || 'on');
			}
			if (!this.#fixed) say('height', 'auto');
			if (origin !== 'null') say('origin', origin);
			url.hash = (this.#get('run') ?? '').replace(/^.*#/, '');
			this.#ready = false;
			// A new frame leaves no step in the history.
			const frame = this.#frame = document.createElement('iframe');
			frame.sandbox = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';
			frame.style = 'border:0;width:100%;height:100%';
			frame.src = url;
			this.shadowRoot.replaceChildren(frame);
			this.#look();
		}

		send(type, fields) {
			return new Promise((resolve, reject) => {
				if (!this.isConnected || this.#waiting.size > 99) throw new Error('It cannot answer now.');
				const message = { ...fields, orrery: 1, type, id: ++count };
				this.#waiting.set(count, { message, resolve, reject });
				if (this.#ready) this.#post(message);
				else if (!this.#frame) this.#show();
			});
		}

		play() { return this.send('play'); }
		pause() { return this.send('pause'); }
		seek(t) { return this.send('seek', { t }); }
	}

	customElements.get('orrery-demo') ?? customElements.define('orrery-demo', OrreryDemo);
})();
